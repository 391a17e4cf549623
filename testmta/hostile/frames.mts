# What a filter writes is not a packet, or not the whole of one (docs/spec/milter-protocol.md 1.3).

tag frame

test "a packet of length 0"
    rcpt -> nothing
    bytes 00000000
end

for length in 0 2 5 2147483647 4294967295
    test "a packet that claims ${length} bytes and has 1"
        rcpt -> nothing
        frame c length ${length}
    end
end

test "a line of another protocol"
    rcpt -> nothing
    bytes 485454502f312e312034303020426164205265717565737420 0d0a0d0a
end

for letter in X "\0" "\xff" C
    test "an answer whose letter is '${letter}'"
        rcpt -> nothing
        frame "${letter}"
    end
end

test "a verdict with a payload"
    rcpt -> nothing
    frame r "for no reason"
end

test "a packet of a million bytes"
    eom -> nothing
    frame b fill 1000000
    frame c
end

test "one byte at a time"
    write split each 1 gap 2ms
    rcpt -> reply 550 5.7.1 "slowly"
end

# A reply of 21 bytes that ends after each of them.
for size in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20
    test "a reply that ends after ${size} of its 21 bytes"
        drop after ${size}
        rcpt -> reply 550 5.7.1 "nobody"
    end
end

test "random bytes in place of the answers"
    rcpt -> nothing
    bytes 9f1c0fa6 d4b1e203 77ab10ff 00ff00ff 2b6d1e0d 31f8c2a9 5e7704bc
end

for seed in 1 2 3 4 5
    test "packets changed at random, seed ${seed}"
        mail
        fuzz seed ${seed} rate 60
        rcpt -> reply 550 5.7.1 "no"
    end
end
