"""How the watcher works, in the collector's file."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class WatchConfig(BaseModel):
    """`watch:` of `collector.yaml`. `period_s`: availability is added up by periods of this length; `refresh_s`: how
    often the headline is said again, and six times as long for all else that has not changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    refresh_s: Annotated[float, Field(ge=0.5, le=300)] = 10.0
