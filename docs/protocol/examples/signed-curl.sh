#!/usr/bin/env bash
# signed-curl.sh METHOD URL [BODY-FILE CONTENT-TYPE IDEMPOTENCY-KEY] : one signed request with openssl and curl alone.
# HEYUE_KEY=KEYID=BASE64 is the private key (32 raw bytes); the answer's status, headers and body go to standard output.
set -euo pipefail
method=$1 url=$2 body=${3:-} media_type=${4:-} key=${5:-}
keyid=${HEYUE_KEY%%=*} private=${HEYUE_KEY#*=}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# An Ed25519 private key as openssl reads it: RFC 8410's fixed head, then the 32 bytes.
{ printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'; printf %s "$private" | base64 -d; } >"$work/key.der"

rest=${url#*://} authority=${rest%%/*} target=/${rest#*/}
path=${target%%\?*} query=${target#"$path"}
created=$(date +%s) nonce=$(openssl rand -base64 24 | tr '+/' '-_')
components='"@method" "@authority" "@path"'
base="\"@method\": $method"$'\n'"\"@authority\": $authority"$'\n'"\"@path\": $path"
send=(-H "host: $authority")
if [ -n "$query" ]; then
  components+=' "@query"'
  base+=$'\n'"\"@query\": $query"
fi
if [ -n "$body" ]; then
  digest="sha-256=:$(openssl dgst -sha256 -binary "$body" | base64):"
  components+=' "content-digest" "content-type" "idempotency-key"'
  base+=$'\n'"\"content-digest\": $digest"$'\n'"\"content-type\": $media_type"$'\n'"\"idempotency-key\": $key"
  send+=(-H "content-digest: $digest" -H "content-type: $media_type" -H "idempotency-key: $key" --data-binary "@$body")
fi
params="($components);created=$created;expires=$((created + 300));nonce=\"$nonce\";keyid=\"$keyid\";alg=\"ed25519\""
printf '%s\n"@signature-params": %s' "$base" "$params" >"$work/base"
openssl pkeyutl -sign -keyform DER -inkey "$work/key.der" -rawin -in "$work/base" -out "$work/signature"

curl --silent --show-error --include --noproxy '*' --request "$method" "$url" "${send[@]}" \
  -H "signature-input: sig1=$params" -H "signature: sig1=:$(base64 -w0 "$work/signature"):"
