#pragma once

/// Receives mail: `#include "smtpserver/smtpserver.hpp"`.
#include "smtpserver/callbacks.hpp"
#include "smtpserver/message.hpp"
#include "smtpserver/server.hpp"
#include "smtpserver/server_observer.hpp"
