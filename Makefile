# SPDX-License-Identifier: Apache-2.0
#
# A thin front: each target is a script, for machines that have make and hands that are used to it.

.PHONY: run test bench fuzz crash races timing lint format deb bare clean

run:
	./run
test:
	./test
bench:
	scripts/bench
fuzz:
	scripts/fuzz
# Goes on where it ended: the data stays in build/crash. ROUNDS=1000 unless told.
crash:
	python3 tests/crash/crash_test.py --rounds $(or $(ROUNDS),1000) --data build/crash
# The races of the transfers, as often as it takes; RACES=10000 unless told.
races:
	RACES=$(or $(RACES),10000) python3 tests/api/transfer_story.py
# Does the time of an answer tell a known phone? Goes on where it ended: build/timing. PAIRS=10000 unless told.
timing:
	python3 tests/api/timing_test.py $(or $(PAIRS),10000) build/timing
lint:
	scripts/lint
format:
	scripts/format
deb:
	scripts/deb
bare:
	scripts/bare
clean:
	rm -rf build build-*
