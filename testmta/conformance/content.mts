# What clients and messages look like (docs/spec/milter-protocol.md 2).

include "common.mts"
tag content

for address in 192.0.2.7 0.0.0.0 255.255.255.255 127.0.0.1
    test "MP-072 the client ${address}"
        connect client.example.org ${address}
        helo client.example.org
        call whole_message
        quit
    end
end

for address in "2001:db8::1" "::1" "::" "fe80::1" "::ffff:192.0.2.7"
    test "MP-073 the client ${address}"
        connect client.example.org ${address}
        helo client.example.org
        call whole_message
        quit
    end
end

test "MP-073 an IPv6 address as Sendmail writes it"
    dialect sendmail
    connect client.example.org 2001:db8::1
    helo client.example.org
    call whole_message
    quit
end

test "MP-074 a client at a unix socket"
    connect localhost unix:/run/client.sock
    helo localhost
    call whole_message
    quit
end

test "MP-075 a client of which nothing is known"
    connect unknown unknown
    helo unknown
    call whole_message
    quit
end

for port in 0 1 65535
    test "MP-080 a client from port ${port}"
        connect client.example.org 192.0.2.7 port ${port}
        helo client.example.org
        call whole_message
        quit
    end
end

test "MP-077 an unknown family closes the connection"
    open
    negotiate
    frame "C" "client.example.org\0X\x9c\x40192.0.2.7\0"
    expect closed within 5s
    call others_are_served
end

test "MP-078 a client without a family closes the connection"
    open
    negotiate
    frame "C" "client.example.org\0"
    expect closed within 5s
    call others_are_served
end

test "MP-079 an address without its NUL closes the connection"
    open
    negotiate
    frame "C" "client.example.org\04\x9c\x40192.0.2.7"
    expect closed within 5s
    call others_are_served
end

test "MP-081 a greeting without its NUL closes the connection"
    tag our-rule
    connect client.example.org 192.0.2.7
    frame "H" "client.example.org"
    expect closed within 5s
    call others_are_served
end

test "MP-082 an empty greeting"
    connect client.example.org 192.0.2.7
    helo ""
    call whole_message
    quit
end

test "MP-083 twenty parameters of MAIL"
    use hello
    mail <alice@example.org> A=1 B=2 C=3 D=4 E=5 F=6 G=7 H=8 I=9 J=10 K=11 L=12 M=13 N=14 O=15 P=16 Q=17 R=18 S=19 T=20
    rcpt <bob@example.net> NOTIFY=NEVER ORCPT=rfc822;bob@example.net
    call content
    quit
end

test "MP-084 the null sender"
    use hello
    mail <>
    rcpt <bob@example.net>
    call content
    quit
end

for path in "a@b" "\"a b\"@example.org" "@relay.example:a@example.org" "a@[192.0.2.1]" "a" "" "j\xc3\xbcrgen@example.org" "a@xn--mnchen-3ya.example"
    test "MP-025 the sender <${path}>"
        use hello
        mail "<${path}>"
        rcpt <bob@example.net>
        call content
        quit
    end
end

test "MP-085 MAIL without its NUL closes the connection"
    use hello
    frame "M" "<alice@example.org>"
    expect closed within 5s
    call others_are_served
end

test "MP-086 bytes after the last NUL of MAIL are ignored"
    use hello
    frame "M" "<alice@example.org>\0rest" -> any
    quit
end

test "MP-087 a field with an empty value"
    use hello
    call begin_message
    data
    header X-Empty ""
    call fields
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-088 a field with only a name closes the connection"
    use hello
    call begin_message
    data
    frame "L" "Subject\0" -> whatever
    close
    call others_are_served
end

test "MP-090 folded fields"
    use hello
    call begin_message
    data
    headers <<FIELDS
From: Alice
 <alice@example.org>
Subject: one
	two
  three
References: <1@example.org>
 <2@example.org>
 <3@example.org>
FIELDS
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-025 fields of bytes that are not ASCII"
    use hello
    call begin_message
    data
    header Subject "\xff\xfe gr\xc3\xbc\xc3\x9fe"
    header "X-\x7e" "x"
    eoh
    body "x\r\n"
    eom
    quit
end

for count in 100 500
    test "MP-165 a message of ${count} fields"
        use hello
        call begin_message
        data
        repeat ${count} as n
            header "X-Field-${n}" "value ${n}"
        end
        eoh
        body "x\r\n"
        eom
        quit
    end
end

test "MP-025 a value of 8000 bytes"
    set v = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    set w = "${v}${v}${v}${v}${v}${v}${v}${v}${v}${v}"
    use hello
    call begin_message
    data
    header X-Long "${w}${w}${w}${w}${w}${w}${w}${w}${w}${w}"
    eoh
    body "x\r\n"
    eom
    quit
end

test "MP-024 a body of every byte"
    use hello
    call begin_message
    data
    call fields
    eoh
    body "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x7f\x80\x81\xfe\xff\r\n"
    eom
    quit
end

test "MP-024 a body of lines without CR, and of CR without LF"
    use hello
    call begin_message
    data
    call fields
    eoh
    body "one\ntwo\rthree\r\n"
    eom
    quit
end

test "MP-024 a body in pieces of one byte"
    use hello
    call begin_message
    data
    call fields
    eoh
    body "Hello Bob, this is a short body.\r\n" chunk 1
    eom
    quit
end

test "MP-006 a body of 5 MiB"
    use hello
    call begin_message
    data
    call fields
    eoh
    body fill 5M
    eom
    quit
end

for line in "XFOO" "XFOO bar baz" "" "\xff\xfe"
    test "MP-091 MP-092 the unknown command \"${line}\""
        needs version 3
        use hello
        unknown ${line}
        call whole_message
        quit
    end
end
