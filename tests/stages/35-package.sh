# SPDX-License-Identifier: Apache-2.0
# The Debian package of what was just built: its contents, lintian, the unit's exposure; man pages, completion, components.
# Installing it in a bare Debian is part of `make bare`.
. tests/stages/stage.sh

check 'the package is made' scripts/deb --as-built
stories package python3 tests/package.py
stage_end
