#pragma once

/// All that a program needs to ask questions: the engine, the real world for it, and the forms of its
/// answers. GNU Mailfromd's functions are in callout/mailfromd/functions.hpp. (find_package and pkg-config
/// know the library's version.)
#include "callout/delivery_status.hpp"
#include "callout/engine.hpp"
#include "callout/smtp_callback_verify.hpp"
#include "callout/system.hpp"
#include "callout/verdict_word.hpp"
