"""The queue and periodic jobs, on PostgreSQL (procrastinate).

Refuses work that could not be done twice: delivery is at least once.
"""
