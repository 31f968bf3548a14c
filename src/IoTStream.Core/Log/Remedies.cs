namespace IoTStream.Log;

/// <summary>What can be done about a damaged log.</summary>
internal static class Remedies
{
    public const string Restore =
        "Restore the log's directory from a savepoint or a backup, or move it away to begin anew; 'iotstream log verify' shows all that is wrong with it.";

    public const string RestoreOrCut =
        "It is in the last commit: restore the log's directory from a savepoint or a backup, or open it with DamagedTail.Cut to go on without that commit.";

    public const string FindSegment =
        "Put the missing file back, restore the log's directory from a savepoint or a backup, or move it away to begin anew.";
}
