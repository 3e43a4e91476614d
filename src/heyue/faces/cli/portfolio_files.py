"""Tables of a portfolio as files: Parquet or Arrow IPC, read in batches, written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from heyue.engine.bad_input import BadInput

PARQUET, ARROW = ".parquet", ".arrow"
SUFFIXES = (PARQUET, ARROW)
_UNFINISHED = ".part"


class Table:
    """An input file: its schema, its length where the file says it, and its rows in batches."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self.path = path
        self._source: Any
        try:
            if path.suffix == PARQUET:
                self._source = files.enter_context(pq.ParquetFile(path, pre_buffer=False))
                self.schema = self._source.schema_arrow
                self.length: int | None = self._source.metadata.num_rows
            else:
                self._source = _open_arrow(files.enter_context(pa.OSFile(str(path))))
                self.schema, self.length = self._source.schema, None
        except (OSError, pa.ArrowException) as error:
            raise BadInput([("", f"读不到表 {path}：{error}")]) from None

    def batches(self, rows_max: int) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most so many at a time."""
        try:
            if self.path.suffix == PARQUET:
                yield from self._source.iter_batches(batch_size=rows_max)
                return
            for batch in self._of_arrow():
                yield from (batch.slice(start, rows_max) for start in range(0, len(batch), rows_max))
        except (OSError, pa.ArrowException) as error:
            raise BadInput([("", f"表 {self.path} 读到一半出错：{error}")]) from None

    def _of_arrow(self) -> Iterator[pa.RecordBatch]:
        if isinstance(self._source, pa.RecordBatchFileReader):
            return (self._source.get_batch(index) for index in range(self._source.num_record_batches))
        return iter(self._source)


def _open_arrow(file: pa.NativeFile) -> Any:
    """The file format of Arrow IPC, or else the stream format."""
    try:
        return pa.ipc.open_file(file)
    except pa.ArrowInvalid:
        file.seek(0)
        return pa.ipc.open_stream(file)


def find_table(folder: Path, name: str) -> Path:
    """The one file of that name in a folder, in either format."""
    found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").is_file()]
    if len(found) != 1:
        words = "两种格式都有，只留一个" if found else "没有"
        raise BadInput([("", f"{folder} 里应有 {name}.parquet 或 {name}.arrow：{words}")])
    return found[0]


def check_suffix(path: Path) -> None:
    """Refuse a file name that does not say its format."""
    if path.suffix not in SUFFIXES:
        raise BadInput([("", f"文件名应以 {' 或 '.join(SUFFIXES)} 结尾：{path}")])


class Results(AbstractContextManager["Results"]):
    """Output tables: written under other names, and given their own only when all of them are complete."""

    def __init__(self) -> None:
        self._writers: dict[Path, Any] = {}
        self._files = ExitStack()

    def open(self, path: Path, schema: pa.Schema) -> None:
        """Begin a table."""
        unfinished = _unfinished(path)
        try:
            if path.suffix == PARQUET:
                writer = pq.ParquetWriter(unfinished, schema, compression="zstd")
            else:
                writer = pa.ipc.new_file(self._files.enter_context(pa.OSFile(str(unfinished), "wb")), schema)
        except OSError as error:
            raise BadInput([("", f"写不了 {path}：{error.strerror or error}")]) from None
        self._writers[path] = self._files.enter_context(writer)

    def write(self, path: Path, rows: pa.Table) -> None:
        """Add rows to a table."""
        if len(rows):
            self._writers[path].write_table(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all; then rename them, the one opened first last, or take them away where something failed."""
        try:
            self._files.close()
            if error is None:
                for path in reversed(self._writers):
                    _to_disk(_unfinished(path))
                for path in reversed(self._writers):
                    _unfinished(path).replace(path)
        finally:
            for path in self._writers:
                _unfinished(path).unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
