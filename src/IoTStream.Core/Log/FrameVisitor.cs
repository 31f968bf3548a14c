namespace IoTStream.Log;

/// <summary>Is shown a frame.</summary>
internal delegate void FrameVisitor(in LogFrame frame);
