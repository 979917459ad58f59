"""TODO-header"""
