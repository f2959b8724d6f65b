# SPDX-License-Identifier: Apache-2.0
#
# A thin front: each target is a script, for machines that have make and hands that are used to it.

.PHONY: run test bench fuzz crash lint format bare clean

run:
	./run
test:
	./test
bench:
	scripts/bench
fuzz:
	scripts/fuzz
crash:
	./test crash
lint:
	scripts/lint
format:
	scripts/format
bare:
	scripts/bare
clean:
	rm -rf build build-*
