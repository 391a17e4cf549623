# What an MTA tells besides (docs/spec/milter-protocol.md 4).

include "common.mts"
tag macros

test "MP-016 macros are not answered"
    use hello
    frame "D" "Mi\04ABC\0"
    expect nothing within 200ms
    quit
end

test "MP-126 a session without any macro"
    macros none
    use hello
    call whole_message
    quit
end

for stage in C H M R T N E
    test "MP-105 an empty set of macros for ${stage}"
        use hello
        frame "D" "${stage}"
        call whole_message
        quit
    end
end

for letter in L B U Z
    test "MP-104 macros for ${letter}, which is not a stage of their own"
        use hello
        frame "D" "${letter}x\0y\0"
        call whole_message
        quit
    end
end

test "MP-108 a macro without a value"
    use hello
    frame "D" "Mi\0"
    call whole_message
    quit
end

test "MP-107 a set that comes twice"
    use hello
    frame "D" "Mi\0one\0"
    frame "D" "Mi\0two\0"
    call whole_message
    quit
end

test "MP-275 a hundred macros of one stage"
    use hello
    repeat 100 as n
        macro mail "{x${n}}=value"
    end
    call whole_message
    quit
end

test "MP-275 a value of 4000 bytes"
    set v = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    set w = "${v}${v}${v}${v}${v}"
    use hello
    macro mail "{long}=${w}${w}${w}${w}${w}${w}${w}${w}${w}${w}"
    call whole_message
    quit
end

test "MP-025 values of bytes that are not ASCII"
    use hello
    macro mail "{auth_authen}=\xff\x80\xc3\xbc"
    call whole_message
    quit
end

test "MP-109 names with and without braces"
    macro connect "{j}=mta.example.test" "j=mta.example.test"
    use hello
    call whole_message
    quit
end

test "MP-119 macros before the offer"
    open
    frame "D" "Cj\0mta.example.test\0"
    negotiate
    use hello
    quit
end

test "MP-115 macros after an abort"
    use hello
    call begin_message
    abort
    macro mail i=SECOND
    call whole_message
    quit
end
