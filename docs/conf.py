# SPDX-License-Identifier: Apache-2.0
"""How `make docs` builds the pages: Sphinx, MyST pages that are executed, the pydata theme, warnings as errors."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["KERAS_BACKEND"] = "torch"  # read by keras when its integration is imported

from goodfit._about import version_of  # noqa: E402 - found by the line above

# pages are executed with settings of their own, not with the builder's; the kernel's note that its sockets on this machine are
# not encrypted is no warning of ours
profile = HERE / "_build" / "ipython" / "profile_default"
profile.mkdir(parents=True, exist_ok=True)
(profile / "ipython_kernel_config.py").write_text(
    'get_config().IPKernelApp.log_level = "ERROR"\n', encoding="utf-8"
)
os.environ["IPYTHONDIR"] = str(profile.parent)

project = "goodfit"
author = "The goodfit developers"
project_copyright = "2026, the goodfit developers. Apache-2.0"
version = release = version_of("goodfit") or "0.1.0"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "project_pages", "plain_docstrings"]
exclude_patterns = ["_build", "_ext"]
root_doc = "index"
language = "en"
highlight_language = "none"  # blocks without a name are output or commands, not Python
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "auto"
nb_execution_timeout = 600  # seconds; the tour trains for some of them, on a busy machine for many
nb_execution_raise_on_error = True
nb_render_markdown_format = "myst"

# frameworks that the development environment does not have: their integrations are documented all the same
autodoc_mock_imports = [name for name in ("fastai", "xgboost") if find_spec(name) is None]
autodoc_typehints = "signature"
autodoc_member_order = "groupwise"
autodoc_preserve_defaults = True
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
add_module_names = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "goodfit"
html_static_path = ["_static"]
html_css_files = ["goodfit.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "goodfit"},
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "navigation_depth": 3,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "back_to_top_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
