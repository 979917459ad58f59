"""How every form is drawn: label, hint, error and field in one template, tied together for screen readers."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Templates of the project first, then Django's own."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
