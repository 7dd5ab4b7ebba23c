# Perl's Many-Core Engine, two values per record. Usage: mce.pl RECORDS; driven line by line as resident.h says.
use strict; use warnings; use Time::HiRes 'time';
my $has;
BEGIN { $has = eval { require MCE::Map; MCE::Map->import(max_workers => 2, chunk_size => 'auto'); 1 } }
$| = 1;
my $n = shift;
print "ready\n";
while (<STDIN>) {
    unless ($has) { print "absent MCE::Map\n"; next }
    my $start = time;
    my @r = &mce_map(sub { ($_ * 2, "$_") }, 0 .. $n - 1);
    my $took = (time - $start) * 1e9;
    my $right = @r == 2 * $n;
    for my $i (0 .. $n - 1) { last unless $right; $right = $r[2 * $i] == 2 * $i && $r[2 * $i + 1] eq $i }
    print $right ? sprintf("%.0f\n", $took) : "N/A wrong result\n";
}
