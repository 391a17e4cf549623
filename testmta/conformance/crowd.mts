# Many sessions at the same time (docs/spec/milter-protocol.md 5).

include "common.mts"
tag crowd

for count in 2 10 50
    test "MP-173 ${count} sessions at once"
        parallel
            session s x${count}
                use hello "h${index}.example.org" "192.0.2.${index}" "h${index}.example.org"
                sync greeted
                call begin_message
                sync envelope
                data
                call fields
                eoh
                body fill 10K seed ${index}
                eom
                quit
            end
        end
    end
end

test "MP-276 one session goes on while another sends byte by byte"
    parallel
        session slow
            write split each 1
            use hello
            call whole_message
            quit
        end
        session quick
            use hello
            repeat 5
                call whole_message
            end
            quit
        end
    end
end

test "MP-276 one session goes on while another does not read"
    parallel
        session deaf
            use hello
            call begin_message
            pause-reading 500ms
            data
            quit
        end
        session quick
            use hello
            repeat 5
                call whole_message
            end
            quit
        end
    end
end

test "MP-276 one session goes on while another stands still in a packet"
    session still
        use hello
        bytes 00 00 00 20 4d
    end
    use hello
    call whole_message
    quit
    session still
        close
    end
end

test "MP-173 two sessions step by step"
    session a
        use hello a.example.org 192.0.2.1 a.example.org
        mail <alice@example.org>
    end
    session b
        use hello b.example.org 192.0.2.2 b.example.org
        mail <carol@example.org>
    end
    session a
        rcpt <bob@example.net>
        data
    end
    session b
        rcpt <dave@example.net>
        data
    end
    session a
        call fields
        eoh
        body "a\r\n"
        eom
        quit
    end
    session b
        call fields
        eoh
        body "b\r\n"
        eom
        quit
    end
end

for seed in 1 2 3 4 5 6 7 8
    test "MP-011 packets changed at random, seed ${seed}"
        tag fuzz
        fuzz seed ${seed} rate 20
        use hello
        repeat 5
            call whole_message
        end
        quit
        call others_are_served
    end
end
