#!/usr/bin/perl
# A bot that says everything once more. Needs Perl and its core modules.
#
#     CHAT_URL=http://127.0.0.1:8000 CHAT_TOKEN=bot_… perl echo_bot.pl
#
# It listens to the stream; when that breaks off it goes on after the last event that it has had.

use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;

my ($url, $token) = @ENV{qw(CHAT_URL CHAT_TOKEN)};
my %headers = (Authorization => "Bearer $token");
my $http = HTTP::Tiny->new(timeout => 60);
my $last;

sub answer {
    my ($message) = @_;
    return if $message->{kind} ne "text" || $message->{by_team};
    # An id that is made from what it answers: answering twice does no harm.
    my $id = sprintf("%s-%s-4%s-8%s-%s", map { substr($message->{id} x 2, $_->[0], $_->[1]) } [0, 8], [8, 4], [12, 3], [1, 3], [4, 12]);
    my $done = $http->post("$url/w/conversations/$message->{conversation}/messages", {
        headers => { %headers, "Content-Type" => "application/json" },
        content => encode_json({ body => "You said: $message->{body}", client_id => $id }),
    });
    print "$done->{content}\n" unless $done->{success};    # 409: a person has taken over
}

while (1) {
    my ($buffer, %event) = ("");
    $http->get("$url/w/stream?as=json", {
        headers => { %headers, $last ? ("Last-Event-ID" => $last) : () },
        data_callback => sub {
            $buffer .= $_[0];
            while ($buffer =~ s/^(.*?)\n//) {
                my ($name, $value) = split /: /, $1, 2;
                if (defined $name && length $name) { $event{$name} = $value; next }
                answer(decode_json($event{data})) if ($event{event} // "") eq "message";
                $last = $event{id} // $last;
                %event = ();
            }
        },
    });
    sleep 1;
}
