# What runs that are dead left behind in the releases of an app.
# shellcheck shell=sh

# dead DIR: is this partial or removed tree nobody's any more? Alive = a unit has it, a process names it (an upload does), or
# it was begun within the last 30 s. Sets $age, the seconds since it was begun, and $intent, its run's.
dead() {
  [ -d "$1" ] && holder || return 1
  other=${1##*/.partial-} intent=$app_dir/runs/${1##*/.partial-}/intent
  [ "$other" != "$held" ] && ! grep -qsF -e "${1##*/}" /proc/[0-9]*/cmdline || return 1
  read -r boot </proc/sys/kernel/random/boot_id
  field "$intent" since
  age=$(date +%s) && age=$((age - ${field_value:-0}))
  field "$intent" boot
  [ "$field_value" = "$boot" ] || age=$(date +%s)
  [ "$age" -ge 30 ]
}
