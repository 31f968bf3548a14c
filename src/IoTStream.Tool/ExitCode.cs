namespace IoTStream.Tool;

/// <summary>What the tool tells scripts.</summary>
internal static class ExitCode
{
    public const int Whole = 0;

    public const int Damaged = 1;

    /// <summary>The command line is wrong, or there is no log.</summary>
    public const int Usage = 2;
}
