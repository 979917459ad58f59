"""The privacy centre: what a company's customers see, ask and choose. Public words only; everything goes through the desk."""
