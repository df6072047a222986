"""What goes over the wire, as pydantic models: the OpenAPI document, and the web's types, come from these."""
