#!/bin/sh
# notice.sh — waits until the provider says that it will take this instance away; then prints what it
# said and ends with 0. Where no such notice exists (on-demand machines, OVH, IBM), it waits for ever.
#   GAN_METADATA   address of the metadata service (default http://169.254.169.254)
#   GAN_EVERY      seconds between two looks (default 5, as EC2 advises)
#
#   Google   30 s before: computeMetadata/v1/instance/preempted is TRUE
#   EC2      2 minutes before: latest/meta-data/spot/instance-action exists (a token is asked for: IMDSv2)
#   Azure    30 s before: an event of type Preempt in metadata/scheduledevents
set -u
base=${GAN_METADATA:-http://169.254.169.254}

get() { # get PATH HEADER...
    path=$1; shift
    for header in "$@"; do set -- "$@" -H "$header"; shift; done
    curl -fs -m 3 --noproxy '*' "$@" "$base/$path" 2> /dev/null
}
google() { get "computeMetadata/v1/instance/$1" 'Metadata-Flavor: Google'; }
azure() { get "metadata/$1" 'Metadata: true'; }
ec2() { # ec2 PATH
    token=$(curl -fs -m 3 --noproxy '*' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$base/latest/api/token" 2> /dev/null) &&
        get "latest/meta-data/$1" "X-aws-ec2-metadata-token: $token"
}

provider() {
    if google id > /dev/null; then echo google
    elif azure 'instance?api-version=2021-02-01' > /dev/null; then echo azure
    elif ec2 instance-id > /dev/null; then echo ec2
    fi
}

who=$(provider)
while :; do
    case $who in
    google) [ "$(google preempted)" = TRUE ] && said="Google: preempted" ;;
    azure) azure 'scheduledevents?api-version=2020-07-01' | tr -d ' \n' | grep -q '"EventType":"Preempt"' && said="Azure: Preempt" ;;
    ec2) action=$(ec2 spot/instance-action) && said="EC2: $action" ;;
    *) who=$(provider) ;; # a service that is not there yet, or never
    esac
    [ -z "${said:-}" ] || break
    sleep "${GAN_EVERY:-5}"
done
echo "$said"
