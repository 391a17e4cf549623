# What vouchd does with three senders, in mode "enforce". The senders are defined in worlds/three_senders.world:
#
#   testmta world three_senders.world --write-config /tmp/vouch/vouchd.toml &
#   vouchd -c /tmp/vouch/vouchd.toml serve &
#   testmta run --milter unix:/tmp/vouch/milter.sock three_senders.mts

dialect postfix

test "a sender that exists is let in"
    connect client.example.net 192.0.2.7
    helo client.example.net
    mail <ann@exists.example>
    rcpt <bob@example.org>      -> continue
    data
    headers <<FIELDS
From: Ann <ann@exists.example>
To: Bob <bob@example.org>
Subject: hello
FIELDS
    eoh
    body "Hello Bob.\r\n"
    eom                         -> any
    quit
end

test "a sender that does not exist is refused, and the refusal quotes its own server's reply"
    connect client.example.net 192.0.2.7
    helo client.example.net
    mail <ghost@exists.example>
    rcpt <bob@example.org>      -> reply 550 5.1.8 ~ "mx\.exists\.example.*no such user here"
    quit
end

test "a sender whose server greylists us is let in: the server has not denied it"
    connect client.example.net 192.0.2.7
    helo client.example.net
    mail <newcomer@greylist.example>
    rcpt <bob@example.org>      -> continue
    quit
end
