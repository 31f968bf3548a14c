namespace IoTStream.Coap.Client;

/// <summary>Tells newer notifications from older ones that were overtaken (RFC 7641, section 3.4).</summary>
internal struct Freshness
{
    private const int Half = 1 << 23;
    private const long OldSeconds = 128;

    private int _number;
    private long _at;
    private bool _hasOne;

    /// <summary>Whether a notification is newer than the last one that was; then it is the last one.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="now">When it came, in ticks of the clock.</param>
    /// <param name="frequency">How many of those are a second.</param>
    public bool Take(int number, long now, long frequency)
    {
        bool isNewer = !_hasOne
            || (_number < number && number - _number < Half)
            || (_number > number && _number - number > Half)
            || now - _at > OldSeconds * frequency;
        if (isNewer)
        {
            (_number, _at, _hasOne) = (number, now, true);
        }

        return isNewer;
    }

    /// <summary>Forgets what there was: the resource is observed anew.</summary>
    public void Reset() => _hasOne = false;
}
