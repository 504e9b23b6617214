from api.parts import Parts

__all__ = ["Parts"]
