"""What a folder of files remembers, so that the same command goes on where it was."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["BatchState"]

_NAME = ".platen-batch.json"


@dataclass(slots=True, kw_only=True)
class BatchState:
    """`job` is the digest of all that the batch is made from; `files`: name -> its artifact's URL.

    `submission`: a key under which the server takes the batch once, however often it is sent, with
    the same `mappings` each time; `batch_id` is empty until it has answered.
    """

    job: str
    template_uid: str
    submission: str
    mappings: dict[str, str] = field(default_factory=dict[str, str])
    batch_id: str = ""
    complete: bool = False
    files: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, folder: Path) -> "BatchState | None":
        """The state of an earlier run; None without one that can be used."""
        try:
            return cls(**json.loads((folder / _NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Keep it; whoever is stopped in the middle leaves the state before."""
        new = folder / f"{_NAME}.new"
        new.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        new.replace(folder / _NAME)

    def missing(self, folder: Path) -> bool:
        """Whether a file that was saved is not there any more."""
        return any(not (folder / name).is_file() for name in self.files)
