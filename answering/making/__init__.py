"""Questions from an author's own material, to be thumbed through by a person before they count."""
