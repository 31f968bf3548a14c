namespace IoTStream.Operators;

/// <summary>Whether a source is not read on a lane because what follows it has no room. Written by that lane, read by any.</summary>
internal sealed class SourceHold
{
    private volatile bool _isHeldBack;

    public bool IsHeldBack
    {
        get => _isHeldBack;
        set => _isHeldBack = value;
    }

    public static bool Any(IReadOnlyList<SourceHold> sources)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            if (sources[i].IsHeldBack)
            {
                return true;
            }
        }

        return false;
    }
}
