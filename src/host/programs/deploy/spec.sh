# What a release needs to run, and what proves it, as it was deployed.
# shellcheck shell=sh

# spec REL: the services, times and account of a release, as it was deployed.
spec() {
  services='' proves='' awaits='' named='' user=root stable_ms=auto start_ms=60000 seen='' invocations='' ran=''
  while read -r key value rest; do
    case $key in
      user) user=$value ;;
      stable_ms) stable_ms=$value ;;
      start_ms) start_ms=$value ;;
      probe | ask)
        [ "$key" = probe ] || awaits=1
        case $rest in *\ named) named=1 ;; esac
        ;;
      service)
        services=$services${services:+ }$rest
        [ "$value" = existing ] || proves="$proves $rest"
        ;;
    esac
  done <"$1/spec"
}
