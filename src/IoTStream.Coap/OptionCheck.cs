namespace IoTStream.Coap;

/// <summary>Checks options.</summary>
internal static class OptionCheck
{
    /// <exception cref="ArgumentException">The condition does not hold.</exception>
    public static void That(bool condition, string option, string demand)
    {
        if (!condition)
        {
            throw new ArgumentException($"{option} {demand}.", option);
        }
    }

    /// <summary>Whether a content format, if there is one, has a number that can be sent.</summary>
    public static bool IsFormat(CoapContentFormat? format) => format is null || (int)format is >= 0 and <= ushort.MaxValue;
}
