# SPDX-License-Identifier: Apache-2.0
# The API of a real server with a real bank: hostile bytes, and the journey with its attacks on both databases.
. tests/stages/stage.sh

# The stories of the money that last longest, in that order; the others follow by name. Each on both engines (tests/story.sh).
long='bills demo explain flow freeze paycode recount docs transfer line refusal merchant'
names=$(printf '%s\n' $long && for story in tests/api/*_story.py; do basename "$story" _story.py; done | grep -vxF "$(printf '%s\n' $long)")
tests='people http tls openapi lan nginx'

said timing python3 tests/api/timing_test.py & # in pairs, so that what else runs slows both alike
# The rest side by side, as many as mostly wait for an answer, or for a deadline; nice, because of the longest way and of the one that looks at times.
# shellcheck disable=SC2016 # for the other shell
{
    for name in $tests; do echo "$name python3 tests/api/${name}_test.py"; done
    for name in $names; do printf '%s\n' "$name-postgres tests/story.sh $name postgres" "$name-sqlite tests/story.sh $name sqlite"; done
} | nice xargs -P 7 -L 1 sh -c '. tests/stages/stage.sh; said "$@"' sh
wait
for name in $tests timing; do counted "$name"; done
for name in $names; do
    counted "$name-sqlite"
    counted "$name-postgres"
done
stories provoked python3 tests/api/provoked.py "$QIANBAO_TMP/provoked" # what they provoked, against the tables
stage_end
