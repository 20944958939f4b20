"""Registers the sandboxed kernel where the checkout is installed; the wheel has no coursework."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Provisioner(BuildHookInterface[Any]):
    """Adds an entry point to editable installs alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Add it to the metadata of the project."""
        if version == "editable":
            groups = self.metadata.core.entry_points
            groups["jupyter_client.kernel_provisioners"] = {
                "sandboxed": "coursework.provisioner:Sandboxed"
            }
