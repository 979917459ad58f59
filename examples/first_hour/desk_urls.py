"""No pages: the desk is driven through its own models."""

urlpatterns: list[object] = []
