# SPDX-License-Identifier: Apache-2.0
# Both compilers, every warning an error; and the web app, which goes into the binary.
. tests/stages/stage.sh

check 'web app' scripts/build-web --dev
check 'gcc' build build
CC=clang-14
export CC
check 'clang-14' build build-clang
stage_end
