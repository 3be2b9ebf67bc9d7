#!/usr/bin/perl
# Bulk work on memory cgroups in one process: under emulation a fork costs tens of milliseconds, a mkdir one.
# Needs core perl only (5.8 or newer; no Time::HiRes, which perl-base lacks).
#
#   fill DIR FROM MAX          make DIR/test-FROM, test-FROM+1 … until refused or MAX; says: progress N / made N / errno N TEXT
#   probe ROOT DIR CAP WANT SETTLE [LIVE]   make DIR/probe-N until refused or CAP, remove them; again until WANT could be
#                              made or SETTLE seconds are over; with LIVE, directories that have come since there were LIVE
#                              are not wanted; says: live N / poll N / errno N TEXT
#   take DIR COUNT             remove COUNT of DIR/test-N, lowest first; says: removed N
#   live ROOT                  count the directories of a hierarchy, root included; says: live N
#   count DIR                  count DIR/test-N; says: directories N
#   clear DIR                  remove every cgroup below DIR, and DIR; says: progress N / removed N
use strict;
use warnings;

$| = 1;
my ($command, @args) = @ARGV;
my %commands = (fill => \&fill, probe => \&probe, take => \&take, live => \&say_live, count => \&count, clear => \&clear);
my $code = $commands{$command // ''} or die "cgroups.pl: no such command\n";
$code->(@args);

sub refusal { printf "errno %d %s\n", $! + 0, "$!" }

# By names in the directory: its own path need not be looked up 65 thousand times. In blocks, so that what is not the
# kernel's own work, told beside a loop of C by npm run bench -- guest, is a name and a step through a range.
sub fill {
  my ($dir, $from, $max) = @_;
  chdir $dir or return refusal(), print "made 0\n";
  my $made = 0;
  BLOCK: while ($from + $made <= $max) {
    my $first = $from + $made;
    my $last = $first + 499 < $max ? $first + 499 : $max;
    for my $n ($first .. $last) {
      next if mkdir "test-$n";
      refusal();
      $made = $n - $from;
      last BLOCK;
    }
    $made += $last - $first + 1;
    print "progress $made\n" if $made % 500 == 0;
  }
  print "made $made\n";
}

sub probe {
  my ($root, $dir, $cap, $want, $settle, $live_before) = @_;
  my ($started, $pause) = (uptime(), 0.25);
  my $live = live($root);
  print "live $live\n";
  $want -= $live - $live_before if defined $live_before;
  my $n;
  while (1) {
    ($n, my $refused) = (0, 0);
    while ($n < $cap) {
      unless (mkdir "$dir/probe-" . ($n + 1)) { $refused = 1; last }
      $n++;
    }
    print "poll $n\n";
    refusal() if $refused;
    # A directory just removed may be busy for a moment.
    for my $i (reverse 1 .. $n) {
      for (1 .. 50) { last if rmdir "$dir/probe-$i"; select undef, undef, undef, 0.1 }
    }
    last if $n >= $want or uptime() - $started >= $settle;
    select undef, undef, undef, $pause;
    $pause *= 2 if $pause < 1;
  }
  # The ids of the probe's own directories come back after a grace period of RCU; the next command must find them free.
  select undef, undef, undef, 0.5 if $n > 0;
}

# Seconds since boot: the clock of the day may be set to anything while the sequence runs, and time() with it.
sub uptime {
  open my $handle, '<', '/proc/uptime' or die "cgroups.pl: /proc/uptime: $!\n";
  return (split ' ', <$handle>)[0];
}

sub take {
  my ($dir, $count) = @_;
  my $removed = 0;
  for my $n (numbers($dir)) {
    last if $removed >= $count;
    rmdir "$dir/test-$n" and $removed++;
  }
  print "removed $removed\n";
}

sub numbers {
  my ($dir) = @_;
  opendir my $handle, $dir or return ();
  return sort { $a <=> $b } map { /^test-(\d+)$/ ? $1 : () } readdir $handle;
}

sub say_live { printf "live %d\n", live($_[0]) }

# A directory's link count is 2 and one for each directory in it (kernfs: kernfs_refresh_inode; 3.10: cgroup_create_dir),
# which saves reading 65 thousand entries. File systems that do not count give 1: there the entries are read.
sub live {
  my ($root) = @_;
  my $links = (stat $root)[3] or die "cgroups.pl: $root: $!\n";
  return 1 if $links == 2;
  return $links - 1 if $links > 2 && $root =~ m{/test$};
  my $count = 1;
  opendir my $handle, $root or die "cgroups.pl: $root: $!\n";
  for my $name (readdir $handle) {
    next if $name eq '.' or $name eq '..';
    my $path = "$root/$name";
    $count += live($path) if -d $path && !-l $path;
  }
  return $count;
}

sub count {
  # A list first: sort in scalar context has no defined result.
  my @found = numbers($_[0]);
  printf "directories %d\n", scalar @found;
}

sub clear {
  my ($dir) = @_;
  my $removed = 0;
  if (-d $dir) {
    in_order($dir, \$removed);
    sweep($dir, \$removed);
  }
  print "removed $removed\n";
}

# test-1, test-2 … as fill made them, without reading their names first, up to a gap that no case leaves. What is left is
# for sweep, which reads what there is.
sub in_order {
  my ($dir, $removed) = @_;
  chdir $dir or die "cgroups.pl: $dir: $!\n";
  my ($first, $missed) = (1, 0);
  while ($missed < 500) {
    $missed = 0;
    for my $n ($first .. $first + 499) { rmdir "test-$n" or $missed++ }
    my $told = int($$removed / 500);
    $$removed += 500 - $missed;
    printf "progress %d\n", 500 * int($$removed / 500) if int($$removed / 500) > $told;
    $first += 500;
  }
  # Nobody can remove where they are.
  chdir '/';
}

sub sweep {
  my ($dir, $removed) = @_;
  opendir my $handle, $dir or die "cgroups.pl: $dir: $!\n";
  my @names = grep { $_ ne '.' && $_ ne '..' } readdir $handle;
  chdir $dir or die "cgroups.pl: $dir: $!\n";
  my @others;
  for my $name (@names) {
    if ($name =~ /^(?:test|probe)-\d+$/) { next if rmdir($name) && ++$$removed && progress($$removed) }
    push @others, "$dir/$name" if -d $name && !-l $name;
  }
  # Nobody can remove where they are.
  chdir '/';
  sweep($_, $removed) for @others;
  if (rmdir $dir) { $$removed++ } elsif (-d $dir) { print "kept $dir: $!\n" }
}

sub progress { print "progress $_[0]\n" if $_[0] % 500 == 0; return 1 }
