using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>Shows what is wrong with a log.</summary>
internal static class Damages
{
    /// <returns>The exit code.</returns>
    public static int Write(LogCheck check, TextWriter output)
    {
        if (check.UnfinishedBytes > 0)
        {
            output.WriteLine();
            output.WriteLine(
                $"The last {check.UnfinishedBytes:N0} bytes are a commit that was cut short, or is under way. Opening the log cuts them away; nothing is lost.");
        }

        foreach (LogDamagedException damage in check.Damage)
        {
            output.WriteLine();
            output.WriteLine(damage.Message);
        }

        return check.Damage.Count > 0 ? ExitCode.Damaged : ExitCode.Whole;
    }
}
