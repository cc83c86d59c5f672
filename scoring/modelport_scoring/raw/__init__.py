"""What a script with ``@rawhttp`` sees of a request, and what it gives back."""
