namespace IoTStream.Coap;

/// <summary>A request had no outcome: nobody answered, the answer made no sense, or there was no way to send it.</summary>
public class CoapException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Why, if something else is to blame.</param>
    public CoapException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
