# SPDX-License-Identifier: Apache-2.0
# One executable per room, as gcc made it.
. tests/stages/stage.sh

units build
stage_end
