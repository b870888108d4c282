# usage (in a mount namespace of its own): dress.sh ROOTFS BUILD. Leaves in BUILD/layer what dressing adds to ROOTFS.
set -eu
mkdir -p "$2/work" "$2/root"
mount -t overlay lab -o "lowerdir=$1,upperdir=$2/layer,workdir=$2/work" "$2/root"
chroot "$2/root" /bin/sh < "$2/dress.sh"
umount "$2/root"
rm -rf "$2/work" "$2/root" "$2/dress.sh"
