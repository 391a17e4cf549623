# The probe on Sendmail::PMilter, which speaks version 2 of the protocol and shares no code with libmilter.
#
# usage: probe.pl SOCKET LOG
use strict;
use warnings;
use Sendmail::PMilter qw(:all);

my ($socket, $log) = @ARGV;

sub log_callback {
    open(my $file, '>>', $log) or die $!;
    print $file join(' ', @_), "\n";
    close($file);
    return SMFIS_CONTINUE;
}

my %callbacks = (
    connect => sub { my ($ctx, $host) = @_; return log_callback('connect', $host); },
    helo => sub { my ($ctx, $name) = @_; return log_callback('helo', $name); },
    envfrom => sub {
        my ($ctx, $path) = @_;
        log_callback('mail', $path);
        $ctx->setpriv({sender => $path, recipients => 0, fields => 0, content => ''});
        if ($path =~ /^<refused@/) {
            $ctx->setreply('550', '5.7.1', 'refused by the probe');
            return SMFIS_REJECT;
        }
        return $path =~ /^<later@/ ? SMFIS_TEMPFAIL : SMFIS_CONTINUE;
    },
    envrcpt => sub {
        my ($ctx, $path) = @_;
        log_callback('rcpt', $path);
        return SMFIS_REJECT if $path =~ /^<nobody@/;
        $ctx->getpriv()->{recipients}++;
        return $path =~ /^<swallowed@/ ? SMFIS_DISCARD : SMFIS_CONTINUE;
    },
    header => sub {
        my ($ctx, $name) = @_;
        $ctx->getpriv()->{fields}++;
        return log_callback('header', $name);
    },
    eoh => sub { return log_callback('eoh'); },
    body => sub {
        my ($ctx, $chunk) = @_;
        $ctx->getpriv()->{content} .= $chunk;
        return log_callback('body', length($chunk));
    },
    eom => sub {
        my ($ctx) = @_;
        my $message = $ctx->getpriv();
        log_callback('eom');
        return SMFIS_REJECT if $message->{content} =~ /virus/;
        $ctx->progress();
        my $id = $ctx->getsymval('i');
        $ctx->addheader('X-Probe', join(' ', $message->{sender}, $message->{recipients}, $message->{fields},
                                        length($message->{content}), defined($id) ? $id : 'None'));
        $ctx->chgheader('Subject', 1, 'probed');
        $ctx->chgheader('X-Remove', 1, '');
        $ctx->addrcpt('<added@x.test>');
        $ctx->delrcpt('<removed@x.test>');
        $ctx->replacebody("replaced\r\n" x 10000) if $message->{content} =~ /replace/;
        $ctx->quarantine('held by the probe') if $message->{content} =~ /hold/;
        return SMFIS_ACCEPT;
    },
    abort => sub { return log_callback('abort'); },
    close => sub { return log_callback('close'); },
);

umask(0);
my $milter = Sendmail::PMilter->new();
$milter->setconn($socket);
$milter->register('probe', \%callbacks, SMFI_CURR_ACTS | SMFIF_QUARANTINE);
$milter->set_dispatcher(Sendmail::PMilter::postfork_dispatcher());
$milter->main();
