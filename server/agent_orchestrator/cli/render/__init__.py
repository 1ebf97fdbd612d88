"""What the commands print: functions from wire values to lines of styled text. No IO."""
