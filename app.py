"""`gunicorn app:app` serves the chat; `python app.py` also starts what it needs on a bare machine."""

import sys

if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C has nothing to end but us yet
    from widget.devserver import supervisor

    sys.exit(supervisor.main(sys.argv[1:]))

from widget import create_app
from widget.settings import WrongSetting

try:
    app = create_app()
except WrongSetting as wrong:
    sys.exit(str(wrong))
