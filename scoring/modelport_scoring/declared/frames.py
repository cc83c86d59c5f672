"""Tables of pandas."""

import importlib
import json
from io import StringIO
from typing import Any

from modelport_scoring.declared.arrays import dtype_schema
from modelport_scoring.declared.parameter_type import AbstractParameterType, Node, is_uniform
from modelport_scoring.declared.standard import schema_of

pandas: Any = importlib.import_module("pandas")  # it ships no types that say enough


class PandasParameterType(AbstractParameterType):
    """A table; by default with the sample's number of columns, and each column of its type there."""

    def __init__(
        self,
        sample_input: Any,  # noqa: ANN401  a DataFrame
        enforce_column_type: bool = True,  # noqa: FBT001, FBT002  the package's
        enforce_shape: bool = True,  # noqa: FBT001, FBT002  the same
        apply_column_names: bool = False,  # noqa: FBT001, FBT002  the same
        orient: str = "records",
    ) -> None:
        if not isinstance(sample_input, pandas.DataFrame):
            msg = "Invalid sample input provided, must provide a sample Pandas Dataframe."
            raise TypeError(msg)
        if orient not in {"split", "records", "index", "columns", "values", "table"}:
            msg = f"orient {orient!r} is none of split, records, index, columns, values, table"
            raise ValueError(msg)
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self.apply_column_names = apply_column_names
        self.orient = orient

    def deserialize_input(self, input_data: Any) -> Any:  # noqa: ANN401  what JSON gives, a DataFrame
        """Make a table. Raises `ValueError`."""
        if isinstance(input_data, pandas.DataFrame):
            return input_data
        if not isinstance(input_data, list | dict):
            msg = f"Error, unable to convert input of type {type(input_data)} into Pandas Dataframe"
            raise ValueError(msg)  # noqa: TRY004  what the package raises
        frame = pandas.read_json(StringIO(json.dumps(input_data)), orient=self.orient, dtype=False)
        columns = self.sample_input.columns
        if self.apply_column_names:
            frame.columns = columns.copy()
        if self.enforce_shape and len(frame.columns) != len(columns):
            msg = (
                f"Invalid input data frame: data frame has size {len(frame.columns)} on dimension #1, "
                f"while expected value is {len(columns)}"
            )
            raise ValueError(msg)
        if self.enforce_column_type:
            known = dict(zip(columns, self.sample_input.dtypes, strict=True))
            frame = frame.astype({name: known.get(name, "object") for name in frame.columns})
        return frame

    def input_to_swagger(self) -> Node:
        """Describe the table as its orientation writes it."""
        example = self._example()
        schema = schema_of(example)
        types = {str(name): self._column(name) for name in self.sample_input.columns}
        if self.orient in {"records", "table"}:
            rows = schema if self.orient == "records" else schema["properties"]["data"]
            rows["items"]["properties"] |= types
        elif self.orient == "index":
            for row in schema["properties"].values():
                row["properties"] |= types
        elif self.orient == "columns":
            for name, column in schema["properties"].items():
                column["properties"] = dict.fromkeys(column["properties"], types[name])
        return schema | {"example": example, "format": f"pandas.DataFrame:{self.orient}"}

    def supported_versions(self) -> list[str]:
        """Leave out 2.0 where rows are lists of several types."""
        return ["2.0", "3.0", "3.1"] if is_uniform(self._example()) else ["3.0", "3.1"]

    def _example(self) -> Any:  # noqa: ANN401  JSON
        return json.loads(self.sample_input.to_json(orient=self.orient, date_format="iso"))

    def _column(self, name: object) -> Node:
        column = self.sample_input[name]
        if isinstance(column.dtype, pandas.StringDtype):
            return {"type": "string"}
        if column.dtype.kind != "O" or not len(column):
            return dtype_schema(column.dtype)
        return schema_of(column.iloc[0])
