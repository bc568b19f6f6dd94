# Runs in new network and mount namespaces, with the daemon's directory as $1. What
# pcscd keeps in /run/pcscd comes to lie in $1/run, where the test sees it too.
set -e
PATH=$PATH:/usr/sbin:/sbin
cd "$1/run"
ip link set lo up
# vpcd sends each command in two packets, the second when the first is acknowledged,
# which is put off for 40 ms unless the route says otherwise.
ip route replace table local local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 quickack 1
mount -t tmpfs tmpfs /run
mkdir /run/pcscd
mount --bind . /run/pcscd
exec pcscd --foreground --config "$1/conf"
