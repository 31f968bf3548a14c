using System.Runtime.CompilerServices;

namespace IoTStream.Operators;

/// <summary>What all steps with keys demand of one.</summary>
internal static class KeySelectors
{
    /// <summary>The key, of which there has to be one. The throw is apart, so that hot loops take in nothing but the comparison.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TKey NotNull<TKey>(TKey key)
        where TKey : notnull
    {
        if (key is null)
        {
            ThrowNullKey();
        }

        return key!;
    }

    private static void ThrowNullKey() => throw new InvalidOperationException(
        "The key selector of KeyBy returned null: every record needs a key. Filter such records out before KeyBy.");
}
