#!/usr/bin/env bash
# A case round the whole loop with curl, written out as Markdown: what was sent, and what came back of it.
#
#   scripts/loop.sh drive ADDRESS PASSWORD   a bounce, a postponement, a rework and a reopening on the way; the last
#                                            line is the case's id
#   scripts/loop.sh tamper PROGRAM FOLDER    with the city stopped: changes one byte of the record, and verifies
#
# docs/loop.md is what both print against the demo city; `make test` runs both. Needs curl, node and perl.
set -euo pipefail

jar=$(mktemp -d -t gridward-loop.XXXXXX)
trap 'rm -rf "$jar"' EXIT

# pick JSON EXPRESSION: a value of the answer, `it`.
pick() { node -e 'const it = JSON.parse(require("fs").readFileSync(0, "utf8")); const v = eval(process.argv[1]);
  process.stdout.write(typeof v === "string" ? v : JSON.stringify(v ?? null))' "$2" <<<"$1"; }
new_id() { node -e 'console.log(require("crypto").randomUUID())'; }

sign_in() { # sign_in ACCOUNT: its token, kept beside
  local answer
  answer=$(curl -sS --fail-with-body "$api/session" -H 'content-type: application/json' \
    -d "{\"account\":\"$1\",\"password\":\"$password\",\"bearer\":true}")
  pick "$answer" it.token >"$jar/$1"
  echo "$answer"
}
get() { curl -sS --fail-with-body "$api$2" -H "authorization: Bearer $(cat "$jar/$1")"; }

# act ACCOUNT WORDS BODY: makes an act, shows it and where the case stands then.
act() {
  local account=$1 words=$2 body=$3 answer
  answer=$(curl -sS --fail-with-body "$api/cases/$case_id/acts" -H "authorization: Bearer $(cat "$jar/$account")" \
    -H "idempotency-key: $(new_id)" -H 'content-type: application/json' -d "$body") || { echo "$answer" >&2; exit 1; }
  [ -z "$words" ] || printf '\n%s\n' "$words"
  printf '\n```\n$ curl $API/cases/$CASE/acts -H "Authorization: Bearer $%s" -H "Idempotency-Key: $(uuidgen)" \\\n    --json '"'%s'"'\n%s\n```\n' \
    "${account^^}" "$body" \
    "$(pick "$answer" 'it.step === undefined ? `version ${it.version}: it is no longer theirs to see` : `version ${it.version}, step ${it.step}, stage ${it.stage} of 6; turn: ${it.turn}` + (it.due ? `; due ${it.due.at}` : "")')"
}

upload() { # upload ACCOUNT KIND: a picture made here, 4 by 4 pixels
  local answer
  printf 'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADklEQVR4nGOIQgIMxHEAtwMQ4U4xecsAAAAASUVORK5CYII=' | base64 -d >"$jar/it.png"
  answer=$(curl -sS --fail-with-body "$api/attachments" -H "authorization: Bearer $(cat "$jar/$1")" \
    -H 'content-type: image/png' --data-binary "@$jar/it.png")
  printf '{"attachment":"%s","kind":"%s"}' "$(pick "$answer" it.id)" "$2"
}

drive() {
  api=$1/api/v1 password=$2
  local worker point classes class unit soon pictures
  worker=$(sign_in worker)
  for account in desk unit; do sign_in "$account" >"$jar/$account.session"; done
  unit=$(pick "$(cat "$jar/unit.session")" it.unit.id)
  point=$(pick "$(get worker "/areas/$(pick "$worker" 'it.grids[0]')/shapes")" '(ring => ({
    lng: +(ring.reduce((sum, p) => sum + p[0], 0) / ring.length).toFixed(6),
    lat: +(ring.reduce((sum, p) => sum + p[1], 0) / ring.length).toFixed(6) }))(it.features[0].geometry.coordinates[0][0].slice(1))')
  classes=$(get worker /classes)
  class=$(pick "$classes" '(it.items.find(k => !k.private && /道路破损/.test(k.name_zh)) ?? it.items[0]).code')
  printf 'The demo city runs at $API; $WORKER, $DESK and $UNIT are tokens of three of its accounts:\n\n```\n$ curl $API/session --json '"'"'{"account":"worker","password":"…","bearer":true}'"'"'\n```\n'
  local body answer
  body="{\"text\":\"路口东侧慢车道有坑槽，约半平方米，骑车要绕行。\",\"class\":\"$class\",\"place\":{\"lng\":$(pick "$point" it.lng),\"lat\":$(pick "$point" it.lat),\"words\":\"路口东侧\"}}"
  answer=$(curl -sS --fail-with-body "$api/cases" -H "authorization: Bearer $(cat "$jar/worker")" -H "idempotency-key: $(new_id)" \
    -H 'content-type: application/json' -d "$body") || { echo "$answer" >&2; exit 1; }
  case_id=$(pick "$answer" it.id)
  printf '\n**1. Report.** The worker of the grid reports. The key makes a retry the same report; $CASE is the `id` of the answer.\n\n```\n$ curl $API/cases -H "Authorization: Bearer $WORKER" -H "Idempotency-Key: $(uuidgen)" \\\n    --json '"'%s'"'\n%s\n```\n' "$body" \
    "$(pick "$answer" '`${it.no}: version ${it.version}, step ${it.step}; turn: ${it.turn}; due ${it.due.at}`')"

  act desk '**2. Verify and file.** Seen on site; class and urgency are agreed, the first clock starts.' '{"act":"verify","note":"已到现场，坑槽属实"}'
  act desk '' "{\"act\":\"file\",\"class\":\"$class\"}"
  act desk '**3. Assign.** To the unit of this account; the reason says why not to the one the matrix names.' \
    "{\"act\":\"assign\",\"unit\":$unit,\"instead\":\"该路段已移交\"}"
  act unit '**A bounce.** The unit says it is not its matter; the desk decides again.' '{"act":"return","reason":"产权未移交，请核实"}'
  act desk '' "{\"act\":\"assign\",\"unit\":$unit,\"instead\":\"移交手续已查明，由你单位办理\"}"
  act unit '**4. Handle.** The unit accepts, and asks for more time.' '{"act":"accept"}'
  soon=$(pick "$(get unit "/cases/$case_id")" 'new Date(Date.parse(it.due.at) + 3 * 864e5).toISOString()')
  act unit '**A postponement**, asked and granted; the first deadline stays on the record.' "{\"act\":\"ask_postpone\",\"until\":\"$soon\",\"reason\":\"等待沥青料到货\"}"
  act desk '' '{"act":"decide_postpone","granted":true,"note":"同意，请先设围挡"}'
  pictures="[$(upload unit before),$(upload unit after)]"
  act unit 'Done, with pictures as found and as left.' "{\"act\":\"handle\",\"note\":\"已用冷补料填平并压实\",\"evidence\":$pictures}"
  act desk '**A rework.** Someone who did not do the work looks at it, and is not content; the first deadline goes on counting.' '{"act":"check","passed":false,"note":"边缘仍有松动"}'
  act unit '' "{\"act\":\"handle\",\"note\":\"边缘切齐后重新压实\",\"evidence\":[$(upload unit after)]}"
  act desk '' '{"act":"check","passed":true,"note":"平整牢固"}'
  act desk '**5. Answer.**' '{"act":"answer","text":"坑槽已经补好，谢谢提醒。"}'
  act worker '**A reopening.** The reporter says it is not solved; the case goes round again under the same number.' '{"act":"reopen","reason":"雨后又塌了一块"}'
  act desk '' "{\"act\":\"assign\",\"unit\":$unit,\"instead\":\"原单位返修\"}"
  act unit '' '{"act":"accept"}'
  act unit '' "{\"act\":\"handle\",\"note\":\"挖开重做基层，铺热沥青\",\"evidence\":[$(upload unit after)]}"
  act desk '' '{"act":"check","passed":true,"note":"雨后查看，平整"}'
  act desk '' '{"act":"answer","text":"已重做基层，请再看看。"}'
  act worker '**6. Evaluate.** The reporter confirms; the platform evaluates and closes.' '{"act":"confirm","satisfaction":"satisfied","note":"这次好了"}'
  local end=""
  for _ in $(seq 60); do
    end=$(get worker "/cases/$case_id")
    [ "$(pick "$end" it.state)" != closed ] || break
    sleep 1
  done
  [ "$(pick "$end" it.state)" = closed ] || { echo "the case did not close" >&2; exit 1; }
  printf '\nThe record of it:\n\n```\n$ curl $API/cases/$CASE/log -H "Authorization: Bearer $WORKER"\n%s\n```\n' \
    "$(pick "$(get worker "/cases/$case_id/log")" '(it.items ?? it).map(e => `${String(e.version).padStart(3)} ${e.at} ${(e.act.act ?? e.act).padEnd(16)} ${e.hash.slice(0, 16)}`).join("\n")')"
  printf '\n<!-- case %s -->\n' "$case_id"
}

tamper() {
  local program=$1 folder=$2 said
  "$program" verify --db "sqlite:$folder/city.db" >"$jar/before"
  printf '\n## One byte\n\nThe city is stopped, and the record verified:\n\n```\n$ gridward verify --db sqlite:city.db\n%s\n```\n' "$(cat "$jar/before")"
  perl -pi -e 'BEGIN { $/ = undef } s/\xe5\xb7\xb2\xe7\x94\xa8\xe5\x86\xb7\xe8\xa1\xa5/\xe5\xb7\xb1\xe7\x94\xa8\xe5\x86\xb7\xe8\xa1\xa5/' "$folder/city.db"
  printf '\nSomeone changes one byte of what the unit wrote, 已 to 己, in the file itself:\n\n```\n$ perl -pi -e '"'s/已用冷补/己用冷补/'"' city.db\n$ gridward verify --db sqlite:city.db\n'
  if said=$("$program" verify --db "sqlite:$folder/city.db" 2>&1); then
    echo "verify found nothing" >&2
    exit 1
  fi
  printf '%s\n```\n\nThe exit code is 3.\n' "$said"
  [[ $said == *handle* || $said == *altered* ]] || { echo "verify named nothing: $said" >&2; exit 1; }
}

"$@"
