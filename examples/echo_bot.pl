#!/usr/bin/perl
# A bot that says everything once more. Needs Perl and its core modules; for https also IO::Socket::SSL.
#
#     CHAT_URL=http://127.0.0.1:8000 CHAT_TOKEN=bot_… perl echo_bot.pl
#
# It listens to the stream; when that breaks off it goes on after the last event that it has had.

use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Socket qw(SOL_SOCKET SO_RCVTIMEO);

my ($url, $token) = @ENV{qw(CHAT_URL CHAT_TOKEN)};
my ($https, $host, $port, $path) = $url =~ m{^http(s?)://([^/:]+)(?::(\d+))?(.*?)/*$} or die "CHAT_URL: $url\n";
$port ||= $https ? 443 : 80;
my $http = HTTP::Tiny->new(timeout => 60);
my $last;

sub answer {
    my ($message) = @_;
    return if $message->{kind} ne "text" || $message->{by_team};
    # An id that is made from what it answers: answering twice does no harm.
    my $id = sprintf("%s-%s-4%s-8%s-%s", map { substr($message->{id} x 2, $_->[0], $_->[1]) } [0, 8], [8, 4], [12, 3], [1, 3], [4, 12]);
    my $done = $http->post("$url/w/conversations/$message->{conversation}/messages", {
        headers => { Authorization => "Bearer $token", "Content-Type" => "application/json" },
        content => encode_json({ body => "You wrote: $message->{body}", client_id => $id }),
    });
    die "$done->{reason}, again in a second\n" if $done->{status} =~ /^(429|503|599)$/;    # the stream brings it again
    print "$done->{content}\n" unless $done->{success};    # 409: a person has taken over
}

# HTTP::Tiny would keep what comes to itself until there are 32 KB of it, so the stream is read by hand, line by line.
sub listen_once {
    require IO::Socket::SSL if $https;
    my $socket = ($https ? "IO::Socket::SSL" : "IO::Socket::INET")->new(PeerHost => $host, PeerPort => $port, Timeout => 10)
        or die "$host:$port: $@\n";
    setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack("l!l!", 60, 0));    # there is a line every 15 seconds
    my $resume = $last ? "Last-Event-ID: $last\r\n" : "";
    # As HTTP/1.0, whose answers come in one piece and not in chunks.
    print $socket "GET $path/w/stream?as=json HTTP/1.0\r\nHost: $host:$port\r\nAuthorization: Bearer $token\r\n$resume\r\n";
    my $status = <$socket> // "";
    $status =~ m{^HTTP/\S+ 200 } or die "the stream: $status\n";
    while (<$socket>) { last if /^\r?$/ }
    my %event;
    while (my $line = <$socket>) {
        $line =~ s/\r?\n$//;
        my ($name, $value) = split /: /, $line, 2;
        if (defined $name && length $name) { $event{$name} = $value; next }
        answer(decode_json($event{data})) if ($event{event} // "") eq "message";
        $last = $event{id} // $last;
        %event = ();
    }
}

while (1) {
    eval { listen_once(); 1 } or print $@;
    sleep 1;
}
