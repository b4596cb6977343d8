# Exit code 0 when the service in this container is ready. With METRICS_PORT that is told there,
# without TLS. A new Node for each probe would cost 63 ms of a processor; this costs a few.
exec 3<>"/dev/tcp/127.0.0.1/${METRICS_PORT:-$PORT}" || exit 1
printf 'GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
