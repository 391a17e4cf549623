# Replies of a filter that are not as they should be (docs/spec/milter-protocol.md 6). Each is the answer to the
# first recipient, unless its name says otherwise.

tag reply

# Before 3.8.16, 3.9.10 and 3.10.9 Postfix reads past the end of such a text.
test "an enhanced status code without a text (CVE-2026-43964)"
    rcpt -> nothing
    frame y "550 5.7.2\0"
end

test "an enhanced status code without a text, at the end of the message"
    eom -> nothing
    frame y "550 5.7.2\0"
end

test "an enhanced status code without a text, in the last of two lines"
    rcpt -> nothing
    frame y "550-5.7.2 a\r\n550 5.7.2\0"
end

test "an enhanced status code that ends after its first point"
    rcpt -> nothing
    frame y "550 5.\0"
end

test "a text without the NUL at its end"
    rcpt -> nothing
    frame y "550 5.7.1 no"
end

test "a code without the NUL at its end"
    rcpt -> nothing
    frame y "550"
end

test "no text at all"
    rcpt -> nothing
    frame y
end

test "an empty text"
    rcpt -> nothing
    frame y "\0"
end

for code in 5 55 550
    test "the code ${code} alone"
        rcpt -> nothing
        frame y "${code}\0"
    end
end

test "a code and a blank"
    rcpt -> nothing
    frame y "550 \0"
end

test "a code and no blank before the text"
    rcpt -> nothing
    frame y "550no\0"
end

for code in abc "5 0" 5x0 " 550" -50 250 354 650 000 999
    test "the code '${code}'"
        rcpt -> nothing
        frame y "${code} 2.0.0 text\0"
    end
end

test "the enhanced status code of another class"
    rcpt -> nothing
    frame y "550 4.7.1 no\0"
end

test "an enhanced status code of long numbers"
    rcpt -> nothing
    frame y "550 5.99999999999999999999.99999999999999999999 no\0"
end

test "two lines with different codes"
    rcpt -> nothing
    frame y "550-5.7.1 a\r\n450 4.7.1 b\0"
end

test "a last line that says another follows"
    rcpt -> nothing
    frame y "550-5.7.1 a\0"
end

test "lines that end in LF alone"
    rcpt -> nothing
    frame y "550-5.7.1 a\n550 5.7.1 b\0"
end

test "a CR in the text"
    rcpt -> nothing
    frame y "550 5.7.1 a\rb\0"
end

test "a second reply after the first"
    rcpt -> nothing
    frame y "550 5.7.1 a\r\n250 2.0.0 fine\0"
end

test "a NUL in the text"
    rcpt -> nothing
    frame y "550 5.7.1 a\0b\0"
end

test "control characters and bytes beyond ASCII in the text"
    rcpt -> nothing
    frame y "550 5.7.1 \x01\x1b[2J\x7f\xff\xfe\0"
end

test "a text that looks like a format"
    rcpt -> nothing
    frame y "550 5.7.1 %s%s%n%d%99999d\0"
end

test "a reply of 60,000 bytes, whose lines have no code"
    rcpt -> nothing
    frame y "550 5.7.1 " fill 60000 "\0"
end

test "the code 421, which ends the session"
    rcpt -> nothing
    frame y "421 4.7.0 good-bye\0"
end
